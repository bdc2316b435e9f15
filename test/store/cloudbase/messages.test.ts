import { describeOnCloudBase } from './promises';

describeOnCloudBase('messages');
