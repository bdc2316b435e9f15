import { describeOnCloudBase } from './promises';

describeOnCloudBase('orders');
