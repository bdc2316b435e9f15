import { describeOnCloudBase } from './cloudbase-promises';

describeOnCloudBase('orders');
